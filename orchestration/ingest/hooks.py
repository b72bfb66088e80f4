"""The two odd items: penalties of natural persons, and donors who are natural persons.

Everything else of the contract is compiled from the catalogue's YAML; what these two need is said
here, in the same SQL over the typed values (columns ``v_<field>``) of a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.ingest.values import sql_list

# A donor is an organisation when its cleaned name holds one of these … (catalogue section 3)
ORGANISATION_WORDS = (
    "公司", "集团", "厂", "企业", "合作社", "合伙", "商行", "商店", "经营部", "协会", "学会",
    "商会", "联合会", "基金会", "医院", "学校", "大学", "学院", "中学", "小学", "幼儿园", "研究院",
    "研究所", "事务所", "银行", "酒店", "中心", "委员会",
)  # fmt: skip
# … and, after these are taken out of it …
HARMLESS_WORDS = ("个人独资", "职工医院", "学生用品")
# … none of these: a transfer text, or a collection among persons.
PERSON_WORDS = ("转来", "转入", "员工", "职工", "学生", "会员", "代理商", "个人")

# Dropped before storage where the party is a natural person (catalogue section 3).
PERSON_PENALTY_FIELDS = ("party_name", "facts", "penalty_content", "remarks")


@dataclass(frozen=True)
class Hook:
    """What an item adds to its compiled contract, as SQL expressions.

    ``typed`` are further columns beside the typed values; ``drops`` says which rows are dropped
    and only counted; ``stored`` replaces what is stored of a field; ``derived`` are the item's
    derived columns (over ``typed`` and the typed values).
    """

    typed: dict[str, str] = field(default_factory=dict)
    drops: str | None = None
    stored: dict[str, str] = field(default_factory=dict)
    derived: dict[str, str] = field(default_factory=dict)


def _holds_any(text: str, words: tuple[str, ...]) -> str:
    return f"regexp_matches({text}, '{'|'.join(words)}')"


def _without(text: str, words: tuple[str, ...]) -> str:
    for word in words:
        text = f"replace({text}, '{word}', '')"
    return text


PENALTY = Hook(
    stored={
        name: f"case when v_party_kind = '自然人' then null else v_{name} end"
        for name in PERSON_PENALTY_FIELDS
    },
    derived={
        "party_key": """
            case
                when v_uscc is not null then v_uscc
                when v_org_code is not null then v_org_code
                else 'P-' || keyed_digest('name:' || clean_name(v_party_name))
            end
        """
    },
)

CHARITY = Hook(
    typed={"cleaned_donor_name": "clean_name(t_donor_name)"},
    # A donor that cannot be read as text is no person yet: its row is set aside, not dropped.
    drops=f"""
        t_donor_name is not null
        and q_donor_name is distinct from 'Q02'
        and not (
            {_holds_any("cleaned_donor_name", ORGANISATION_WORDS)}
            and not {_holds_any(_without("cleaned_donor_name", HARMLESS_WORDS), PERSON_WORDS)}
        )
    """,
    derived={
        "donor_name_cleaned": "cleaned_donor_name",
        "donor_key": "'D-' || keyed_digest('donor:' || cleaned_donor_name)",
        # Counted among the rows that load: those of the same date, donor, amount and version.
        "occurrence": """
            row_number() over (
                partition by
                    file_number, v_donated_on, cleaned_donor_name, v_amount_yuan, v_version
                order by source_row
            )
        """,
    },
)

HOOKS = {"penalty": PENALTY, "charity": CHARITY}

# Derived columns that need no hook.
COMMON_DERIVED = {
    "enterprise_name_cleaned": "clean_name(v_enterprise_name)",
    "subject_key": (
        f"case when v_subject_kind in ({sql_list(('自然人',))}) then person_key else v_uscc end"
    ),
}
