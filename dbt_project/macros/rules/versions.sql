{#- Which row of a record stands (catalogue section 6).

    The window orders the rows of one record so that the row that stands comes first: the highest
    version, among those a withdrawal (it always takes effect), then the first delivered.
    version_disposition is null for the row that stands and is no withdrawal.
-#}
{% macro standing_window() -%}
partition by record_id
        order by
            version desc nulls last,
            case when operation = '撤销' then 0 else 1 end asc nulls last,
            delivery_date asc nulls last,
            file_name asc nulls last,
            source_row asc nulls last
{%- endmacro %}

{% macro version_disposition(standing) -%}
case
            when version < first_value(version) over {{ standing }} then 'superseded'
            when row_number() over {{ standing }} = 1
                then case when operation = '撤销' then 'withdrawn' end
            when first_value(operation) over {{ standing }} = '撤销' then 'superseded'
            when content_digest = first_value(content_digest) over {{ standing }}
                then 'duplicate'
            else 'conflicting_version'
        end
{%- endmacro %}

{#- The register has no versions: per code the first row of the newest delivery date stands. -#}
{% macro register_standing_window() -%}
partition by uscc
        order by
            delivery_date desc nulls last,
            file_name asc nulls last,
            source_row asc nulls last
{%- endmacro %}

{% macro register_version_disposition(standing) -%}
case
            when delivery_date < first_value(delivery_date) over {{ standing }}
                then 'superseded'
            when row_number() over {{ standing }} = 1 then null
            when content_digest = first_value(content_digest) over {{ standing }}
                then 'duplicate'
            else 'conflicting_version'
        end
{%- endmacro %}

{#- Rule 1 of catalogue section 5, for rows that carry a valid code. -#}
{% macro uscc_match_method(registered_uscc) -%}
case when {{ registered_uscc }} is null then 'uscc_unregistered' else 'uscc' end
{%- endmacro %}
