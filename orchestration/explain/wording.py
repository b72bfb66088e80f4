"""Dispositions and ways of matching in words, with the legal ground where a refusal has one."""

from __future__ import annotations

_REGULATION = "浙江省公共信用信息管理条例"

# Disposition -> (Chinese, English). Catalogue section 6 and marts.md section 1.
_DISPOSITIONS = {
    "duplicate": ("与已采用版本内容相同的重复报送", "a repetition of the version that stands"),
    "conflicting_version": (
        "与同一版本号的有效版本内容不一致，更正须报送更高版本号，已退回报送单位",
        "differs from the standing row of the same version; a change needs a higher version",
    ),
    "superseded": (
        "已被更高版本或更晚的报送替代",
        "replaced by a higher version or newer delivery",
    ),
    "withdrawn": (
        "已由报送单位撤销，或因异议成立而删除",
        "withdrawn by its unit, or deleted by an objection that was upheld",
    ),
    "subject_unresolved": (
        "不能确定信用主体，列入人工核实",
        "the subject cannot be told for certain; listed for manual review",
    ),
    "person_subject_out_of_scope": (
        "自然人的行政处罚或第二条的行为，不在行政处罚事项采用范围",
        "a penalty of a natural person, or an act of clause 2: outside this item",
    ),
    "conduct_out_of_scope": ("与疫情防控无关", "not related to the epidemic"),
    "outside_epidemic_period": ("不在疫情防控期间", "outside the epidemic period"),
    "not_final": (
        f"尚未生效或已被撤销（{_REGULATION}第十一条）",
        "not final, or annulled (Regulation Art. 11)",
    ),
    "simple_procedure": ("适用简易程序", "decided by simple procedure"),
    "retention_expired": (
        "保存期限已满五年且无有效的严重失信认定",
        "kept for five years, and no severe listing is active",
    ),
    "not_certified": (
        "未经有关部门认定，或认定日期晚于截至日期",
        "not certified by the competent unit by the as-of date",
    ),
    "not_epidemic": ("不属于疫情防控表彰或奖励", "not for the epidemic"),
    "below_city_level": ("表彰机关低于设区市级", "commended below city level"),
    "not_government": ("表彰机关不是人民政府", "not commended by a people's government"),
    "below_provincial_level": ("奖励机关低于省级", "awarded below provincial level"),
    "procedure_incomplete": (
        f"严重失信认定程序不完备（{_REGULATION}第二十四条），缺少",
        "the procedure of the determination is incomplete (Regulation Art. 24), missing",
    ),
    "not_disclosable": (
        "案例对应的失信记录不可公开",
        "no disclosable dishonesty record stands behind the case",
    ),
    "no_positive_record": (
        "组织既不在红名单，也无守信记录",
        "the organisation is not on the red list and has no positive record",
    ),
    "no_consent": (
        f"自然人未同意公开（{_REGULATION}第十五条）",
        "the natural person did not consent (Regulation Art. 15)",
    ),
    "used": ("采用", "used"),
}

# Way of matching -> (Chinese, English). Catalogue section 5.
_MATCH_METHODS = {
    "uscc": ("统一社会信用代码，登记在册", "by its USCC, which is in the register"),
    "uscc_unregistered": (
        "统一社会信用代码有效，但截至日期未登记",
        "by its USCC, which is valid but not in the register",
    ),
    "org_code": (
        "组织机构代码与唯一登记代码第9至17位相同",
        "by its organisation code, characters 9 to 17 of exactly one registered USCC",
    ),
    "name": (
        "规范化名称与唯一登记名称相同（仅限慈善捐赠）",
        "by its cleaned name, that of exactly one registered organisation (charity only)",
    ),
    "person": ("自然人，加密键", "a natural person, by a keyed hash of the identity"),
    "unresolved": ("未匹配", "not resolved"),
}

# What a determination may lack, in the words of the catalogue.
_MISSING = {
    "ground": "认定情形 ground",
    "decision": "决定日期 decision",
    "signature": "负责人签署 signature",
    "notice": "事先告知 notice",
    "defence": "陈述申辩处理 defence",
}


def bilingual(pair: tuple[str, str]) -> str:
    """Both languages on one line, Chinese first."""
    return f"{pair[0]}。{pair[1]}."


def disposition_in_words(disposition: str, detail: str | None = None) -> str:
    """Why a record version is used or not; an unknown code stands for itself."""
    zh, en = _DISPOSITIONS.get(disposition, (disposition, disposition))
    if detail:
        parts = [_MISSING.get(part, part) for part in detail.split(",")]
        zh, en = f"{zh}：{'、'.join(parts)}", f"{en}: {detail}"
    return bilingual((zh, en))


def match_in_words(match_method: str | None) -> str | None:
    """How a record was tied to its subject."""
    if match_method is None:
        return None
    return bilingual(_MATCH_METHODS.get(match_method, (match_method, match_method)))


def known_dispositions() -> frozenset[str]:
    """Every disposition that has words."""
    return frozenset(_DISPOSITIONS)
