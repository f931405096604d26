"""Rules rehearsed on history: what they would have done, beside what was done."""
