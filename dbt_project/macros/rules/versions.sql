{#- Which row of a record stands (catalogue section 6).

    The rows of one record are ordered so that the row that stands comes first: the highest
    version, among those a withdrawal (it always takes effect), then the first delivered.
    version_disposition is null for the row that stands and is no withdrawal.

    Nearly every record is delivered once, and sorting wide rows is dear: repeated_rows gives only
    those of a record that has others, one line for each with its disposition, and
    version_disposition joins it to the deliveries (joins_repeated).
-#}
{% macro repeated_rows() -%}
select
        source_file,
        source_row,
        true as is_repeated,
        case
            when version < first_value(version) over standing then 'superseded'
            when row_number() over standing = 1
                then case when operation = '撤销' then 'withdrawn' end
            when first_value(operation) over standing = '撤销' then 'superseded'
            when content_digest = first_value(content_digest) over standing
                then 'duplicate'
            else 'conflicting_version'
        end as version_disposition
    from deliveries
    where record_id in (
        select record_id from deliveries
        group by record_id
        having count(*) > 1
    )
    window standing as (
        partition by record_id
        order by
            version desc nulls last,
            case when operation = '撤销' then 0 else 1 end asc nulls last,
            delivery_date asc nulls last,
            file_name asc nulls last,
            source_row asc nulls last
    )
{%- endmacro %}

{% macro version_disposition() -%}
case
            when repeated.is_repeated then repeated.version_disposition
            when deliveries.operation = '撤销' then 'withdrawn'
        end
{%- endmacro %}

{% macro joins_repeated() -%}
left join repeated
        on deliveries.source_file = repeated.source_file
        and deliveries.source_row = repeated.source_row
{%- endmacro %}

{#- The register has no versions: per code the first row of the newest delivery date stands. -#}
{% macro repeated_register_rows() -%}
select
        source_file,
        source_row,
        case
            when delivery_date < first_value(delivery_date) over standing
                then 'superseded'
            when row_number() over standing = 1 then null
            when content_digest = first_value(content_digest) over standing
                then 'duplicate'
            else 'conflicting_version'
        end as version_disposition
    from deliveries
    where uscc in (
        select uscc from deliveries
        group by uscc
        having count(*) > 1
    )
    window standing as (
        partition by uscc
        order by
            delivery_date desc nulls last,
            file_name asc nulls last,
            source_row asc nulls last
    )
{%- endmacro %}

{#- Rule 1 of catalogue section 5, for rows that carry a valid code. -#}
{% macro uscc_match_method(registered_uscc) -%}
case when {{ registered_uscc }} is null then 'uscc_unregistered' else 'uscc' end
{%- endmacro %}
