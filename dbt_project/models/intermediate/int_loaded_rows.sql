{{ config(materialized='view') }}

with

{% for item in catalogue_items() -%}
{{ item }} as (

    select * from {{ ref('int_' ~ item ~ '_versions') }}

),

{% endfor -%}

final as (

    {% for item in catalogue_items() -%}
    select
        item_code,
        unit_code,
        record_id,
        delivery_date,
        file_name,
        source_file,
        source_row,
        operation,
        is_code_repaired,
        match_method
    from {{ item }}
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

)

select * from final
