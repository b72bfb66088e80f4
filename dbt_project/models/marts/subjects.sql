with

subjects as (

    select * from {{ ref('int_subjects') }}

),

final as (

    select
        subject_id,
        subject_type,
        subject_name,
        is_registered,
        register_status,
        established_on,
        region_code,
        city_code,
        scale
    from subjects

)

select * from final
