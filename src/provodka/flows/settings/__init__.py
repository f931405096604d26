"""What `hub.yaml` may say, and what only the environment may.

`hub.yaml` names systems, streams and the company; secrets never stand in it: each is named
by the environment variable (`password_env`) or the file (`password_file`) that holds it.
"""

from provodka.flows.settings.alerts import Alerts
from provodka.flows.settings.bank import Bank, BankAccount
from provodka.flows.settings.company import Company
from provodka.flows.settings.environment import Environment
from provodka.flows.settings.hub_file import HubSettings, json_schema
from provodka.flows.settings.journal import Journal
from provodka.flows.settings.loading import load_settings
from provodka.flows.settings.mail import ImapAccount, Mail, SmtpServer
from provodka.flows.settings.onec import OneC
from provodka.flows.settings.outside import Endpoint, Outside
from provodka.flows.settings.secrets import password
from provodka.flows.settings.streams import Streams
from provodka.flows.settings.telephony import AsteriskLog, PbxOptions, pbx_secrets
from provodka.flows.settings.web import FormFields, FormSite, SignedHook, Visits, Web

__all__ = [
    "Alerts",
    "AsteriskLog",
    "Bank",
    "BankAccount",
    "Company",
    "Endpoint",
    "Environment",
    "FormFields",
    "FormSite",
    "HubSettings",
    "ImapAccount",
    "Journal",
    "Mail",
    "OneC",
    "Outside",
    "PbxOptions",
    "SignedHook",
    "SmtpServer",
    "Streams",
    "Visits",
    "Web",
    "json_schema",
    "load_settings",
    "password",
    "pbx_secrets",
]
