{{ config(materialized='view') }}

with

subjects as (

    select * from {{ ref('int_subjects') }}

),

final as (

    select
        subject_id,
        subject_name,
        city_code,
        established_on
    from subjects
    where
        is_registered
        and register_status = '存续'
        and subject_type in ('enterprise', 'cooperative')

)

select * from final
