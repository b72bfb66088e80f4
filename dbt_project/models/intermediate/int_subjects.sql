{#- Items whose rows carry a name of their subject. -#}
{%- set named_items = [
    'administrative_award',
    'administrative_penalty',
    'charity_donation',
    'commendation',
    'credit_repair_application',
    'direct_donation',
    'key_enterprise',
    'publicity_material',
    'resumption_inspection',
    'severe_dishonesty_determination',
    'social_order_case',
    'volunteer_service',
] -%}
with

registered as (

    select * from {{ ref('int_registered_organisations') }}

),

scales as (

    select * from {{ ref('int_enterprise_scale_versions') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

mentioned as (

    {%- for item in catalogue_items() if item != 'enterprise_register' %}
    select subject_id
    from {{ ref('int_' ~ item ~ '_versions') }}
    where subject_id is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

unregistered as (

    select distinct mentioned.subject_id
    from mentioned
    left join registered
        on mentioned.subject_id = registered.uscc
    where registered.uscc is null

),

delivered_names as (

    {%- for item in named_items %}
    select
        subject_id,
        subject_name_delivered,
        delivery_date,
        record_id
    from {{ ref('int_' ~ item ~ '_versions') }}
    where
        subject_name_delivered is not null
        and coalesce(version_disposition, 'withdrawn') = 'withdrawn'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

-- The register has no name for these: the newest record that carries one gives it.
ranked_names as (

    select
        delivered_names.subject_id,
        delivered_names.subject_name_delivered,
        row_number() over (
            partition by delivered_names.subject_id
            order by
                delivered_names.delivery_date desc nulls last,
                delivered_names.record_id desc nulls last
        ) as name_rank
    from delivered_names
    inner join unregistered
        on delivered_names.subject_id = unregistered.subject_id

),

ranked_scales as (

    select
        scales.subject_id,
        scales.scale,
        row_number() over (
            partition by scales.subject_id
            order by
                scales.year desc nulls last,
                scales.delivery_date desc nulls last,
                scales.record_id desc nulls last
        ) as scale_rank
    from scales
    cross join parameters
    where
        scales.version_disposition is null
        and scales.year <= year(parameters.as_of_date)

),

subjects as (

    select
        uscc as subject_id,
        enterprise_name as subject_name,
        true as is_registered,
        register_status,
        established_on
    from registered
    union all
    select
        unregistered.subject_id,
        ranked_names.subject_name_delivered as subject_name,
        false as is_registered,
        cast(null as string) as register_status,
        cast(null as date) as established_on
    from unregistered
    left join ranked_names
        on
            unregistered.subject_id = ranked_names.subject_id
            and ranked_names.name_rank = 1

),

located as (

    select
        subjects.*,
        {{ subject_type('subject_id') }} as subject_type,
        {{ region_code('subject_id') }} as region_code
    from subjects

),

final as (

    select
        located.subject_id,
        located.subject_type,
        located.subject_name,
        located.is_registered,
        located.register_status,
        located.established_on,
        located.region_code,
        {{ city_code('located.region_code') }} as city_code,
        ranked_scales.scale
    from located
    left join ranked_scales
        on
            located.subject_id = ranked_scales.subject_id
            and ranked_scales.scale_rank = 1

)

select * from final
