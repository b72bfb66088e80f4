{#- The union comes last: no rule reads it. -#}
with

all_records as (

    {%- for item in catalogue_items() %}
    select
        item_code,
        unit_code,
        record_id,
        version,
        delivery_date,
        source_file,
        source_row,
        subject_id,
        match_method,
        disposition,
        detail
    from {{ ref('int_' ~ item) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

final as (

    select * from all_records

)

select * from final
