with

severe_dishonesty_list as (

    select * from {{ ref('severe_dishonesty_list') }}

),

final as (

    select
        record_id,
        subject_id,
        subject_name,
        subject_type,
        ground_code,
        determination_no,
        decision_date,
        listed_on,
        exits_on,
        is_active,
        has_open_objection
    from severe_dishonesty_list
    where
        is_active
        and subject_type <> 'person'
        and not has_open_objection

)

select * from final
