"""Who works with the hub in a browser: people, sessions, one-time links, who saw and did what."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from provodka.connectors.crm_store.tables.columns import (
    flag,
    instant,
    integer,
    json,
    key,
    metadata,
    ref,
    words,
)

__all__ = ["ROLES", "audit", "enter_link", "erasure", "person", "session", "sign_in_pace"]

ROLES = ("engineer", "accountant", "analyst", "head", "dispatcher", "courier")
KNOWN_ROLES = ", ".join(f"'{role}'" for role in ROLES)
SHA256 = "^[0-9a-f]{64}$"

person = Table(
    "person",
    metadata,
    key(),
    words("login", "Имя для входа, строчными буквами", nullable=False, unique=True),
    words("name", "Как человека зовут на страницах", nullable=False),
    words("password", "Отпечаток пароля argon2; пусто, если входят не паролем"),
    Column(
        "roles",
        ARRAY(Text),
        CheckConstraint(f"roles <@ ARRAY[{KNOWN_ROLES}]", name="roles_known"),
        nullable=False,
        server_default=text("'{}'"),
        comment=f"Роли: {' | '.join(ROLES)}",
    ),
    Column(
        "departments",
        ARRAY(UUID(as_uuid=True)),
        nullable=False,
        server_default=text("'{}'"),
        comment="Подразделения, чьи данные он видит вместе с подчиненными; пусто: все",
    ),
    ref("employee_id", "employee", "Какой это сотрудник"),
    flag("active", "Может ли войти", default=True),
    words("issuer", "Поставщик входа OIDC, который его знает"),
    words("subject", "Как его знает поставщик входа"),
    instant("created_at", "Когда заведен", now=True),
    instant("entered_at", "Когда вошел в последний раз"),
    CheckConstraint("login = lower(login) AND login <> ''", name="login_lower"),
    CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject_of_issuer"),
    UniqueConstraint("issuer", "subject"),
    schema="hub",
    comment="Люди, которые входят в хаб через браузер",
)

session = Table(
    "session",
    metadata,
    key(comment="Ключ; в cookie не он, а случайная метка"),
    Column(
        "person_id",
        UUID(as_uuid=True),
        ForeignKey("hub.person.id", ondelete="CASCADE"),
        nullable=False,
        comment="Кто вошел",
    ),
    words("token", "Отпечаток метки из cookie, SHA-256; самой метки нет нигде", nullable=False),
    words("way", "Чем вошел: password, link, oidc", nullable=False),
    instant("created_at", "Когда вошел", now=True),
    instant("seen_at", "Когда был в последний раз, с точностью до минуты", now=True),
    instant("expires_at", "Когда кончится, что бы ни делал", nullable=False),
    UniqueConstraint("token"),
    CheckConstraint(f"token ~ '{SHA256}'", name="token_is_hash"),
    schema="hub",
    comment="Открытые сеансы; вышедший исчезает",
)
Index("ix_session_person", session.c.person_id)
Index("ix_session_expires", session.c.expires_at)

enter_link = Table(
    "enter_link",
    metadata,
    words("token", "Отпечаток метки из адреса, SHA-256", primary_key=True),
    Column(
        "person_id",
        UUID(as_uuid=True),
        ForeignKey("hub.person.id", ondelete="CASCADE"),
        nullable=False,
        comment="Кого впустит",
    ),
    instant("created_at", "Когда выдана", now=True),
    instant("expires_at", "До какого времени годна", nullable=False),
    CheckConstraint(f"token ~ '{SHA256}'", name="token_is_hash"),
    schema="hub",
    comment="Одноразовые ссылки для входа; использованная исчезает",
)
Index("ix_enter_link_person", enter_link.c.person_id)

sign_in_pace = Table(
    "sign_in_pace",
    metadata,
    Column(
        "slot",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Ячейка, в которую попадает отпечаток адреса, имени или их пары",
    ),
    integer("tries", "Попыток войти с начала отрезка", nullable=False),
    instant("since", "Когда отрезок начался", nullable=False),
    schema="hub",
    comment="Частота попыток входа: ячеек ограниченное число, адресов и имен в них нет",
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    instant("at", "Когда", now=True),
    Column("person_id", UUID(as_uuid=True), comment="Кто; пусто, если неизвестно"),
    words("what", "Что: entered, refused, left, saw, exported, did:действие", nullable=False),
    words("kind", "Страница или вид документа", nullable=False, server_default=""),
    Column("document", UUID(as_uuid=True), comment="Документ"),
    json("detail", "Подробности без личных данных", nullable=False, server_default="{}"),
    schema="hub",
    comment="Кто входил, что видел, выгружал и делал; только дополняется",
)
Index("ix_audit_person", audit.c.person_id, audit.c.id)
Index(
    "ix_audit_document",
    audit.c.document,
    audit.c.id,
    postgresql_where=audit.c.document.is_not(None),
)
Index("ix_audit_at", audit.c.at)

erasure = Table(
    "erasure",
    metadata,
    key(),
    instant("at", "Когда стерто в первый раз", now=True),
    instant("repeated_at", "Когда повторено в последний раз"),
    Column(
        "client_id", UUID(as_uuid=True), comment="Чей ключ остался без имени; пусто, если его нет"
    ),
    words("by", "Кто стер", nullable=False),
    words("basis", "Основание: номер обращения", nullable=False, server_default=""),
    json("counts", "Сколько строк в каком месте стерто и обезличено", nullable=False),
    schema="hub",
    comment="Свидетельства о стирании данных людей, без самих данных",
)
Index("ix_erasure_client", erasure.c.client_id)
