{%- set items = [
    'administrative_award',
    'administrative_penalty',
    'charity_donation',
    'commendation',
    'credit_loan',
    'credit_repair_application',
    'direct_donation',
    'enterprise_register',
    'enterprise_scale',
    'joint_measure',
    'key_enterprise',
    'objection',
    'overdue_relief',
    'publicity_material',
    'regular_indicator',
    'resumption_inspection',
    'severe_dishonesty_determination',
    'social_order_case',
    'volunteer_service',
] -%}

with

all_records as (

    {%- for item in items %}
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
