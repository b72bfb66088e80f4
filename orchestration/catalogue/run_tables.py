"""The three tables of schema ``raw`` that are no catalogue items: what a build knows of itself.

``raw.run_parameters`` holds the as-of date D and every parameter of the rules in one row; as dbt
variables they would void the parsed manifest with every new D.
"""

from __future__ import annotations

from orchestration.catalogue.model import Column, Label


def _column(name: str, sql_type: str, zh: str, en: str) -> Column:
    return Column(name=name, sql_type=sql_type, description=Label(zh=zh, en=en))


# Grain: one row per delivered file up to D, taken or not.
INGESTED_FILES = (
    _column("source_file", "VARCHAR", "来源文件", "Delivered file, relative to the landing zone"),
    _column("file_name", "VARCHAR", "文件名", "Name of the delivered file"),
    _column("unit_code", "VARCHAR", "归集单位代码", "Delivering unit, null if the path names none"),
    _column("item_code", "VARCHAR", "归集事项代码", "Catalogue item, null if the path names none"),
    _column("delivery_date", "DATE", "报送日期", "Date of the delivery, null if the path has none"),
    _column("sha256", "VARCHAR", "文件摘要", "SHA-256 as delivered, null for no regular file"),
    _column("fault", "VARCHAR", "文件错误代码", "File fault F00 to F06, null if taken"),
    _column("rows_delivered", "BIGINT", "报送行数", "Rows delivered, 0 if not taken"),
    _column("rows_loaded", "BIGINT", "入库行数", "Rows loaded, 0 if not taken"),
    _column("rows_quarantined", "BIGINT", "隔离行数", "Rows set aside, 0 if not taken"),
    _column("rows_dropped", "BIGINT", "剔除行数", "Natural-person donors dropped, 0 if not taken"),
)

# Grain: one row per quarantined row of a taken file.
QUARANTINED_ROWS = (
    _column("source_file", "VARCHAR", "来源文件", "Delivered file, relative to the landing zone"),
    _column("source_row", "BIGINT", "来源行号", "Row number in the delivered file"),
    _column("codes", "VARCHAR", "行错误代码", "Row faults, sorted and joined with semicolons"),
)

# Grain: exactly one row.
RUN_PARAMETERS = (
    _column("as_of_date", "DATE", "截至日期", "As-of date D: the build answers for its end"),
    _column("epidemic_start_date", "DATE", "疫情期间起始日", "First day of the epidemic period"),
    _column("epidemic_end_date", "DATE", "疫情期间截止日", "Last day of the epidemic period"),
    _column("retention_years", "BIGINT", "保存年限", "Years a negative record is kept"),
    _column("report_working_days", "BIGINT", "报送期限(工作日)", "Working days for a report"),
    _column(
        "green_channel_working_days",
        "BIGINT",
        "绿色通道办理期限(工作日)",
        "Working days for a repair through the green channel",
    ),
    _column(
        "ordinary_repair_working_days",
        "BIGINT",
        "普通修复办理期限(工作日)",
        "Working days for an ordinary repair",
    ),
    _column("serious_fine_yuan", "DECIMAL(18,2)", "严重罚款金额(元)", "Fine that is serious"),
    _column("model_version", "VARCHAR", "评价模型版本", "Version of the evaluation model"),
    _column("release_id", "VARCHAR", "发布编号", "Identifier of the release being built"),
    _column("built_at", "TIMESTAMP", "构建时间", "Time of the build, Asia/Shanghai"),
    _column("code_version", "VARCHAR", "代码版本", "Version of the code"),
    _column("input_digest", "VARCHAR", "输入摘要", "Digest over the inputs of the build"),
)

RUN_TABLES = {
    "ingested_files": INGESTED_FILES,
    "quarantined_rows": QUARANTINED_ROWS,
    "run_parameters": RUN_PARAMETERS,
}

RUN_TABLE_DESCRIPTIONS = {
    "ingested_files": Label(
        zh="截至日期前报送的文件，每个文件一行",
        en="Every file delivered up to the as-of date. One row per file",
    ),
    "quarantined_rows": Label(
        zh="被隔离的报送行，每行一行",
        en="Rows of taken files that were set aside. One row per delivered row",
    ),
    "run_parameters": Label(
        zh="本次构建的截至日期和规则参数，仅一行",
        en="The as-of date and the parameters of the rules. Exactly one row",
    ),
}
