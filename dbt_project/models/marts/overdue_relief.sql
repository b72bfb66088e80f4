with

decisions as (

    select * from {{ ref('int_overdue_relief_decisions') }}

),

final as (

    select
        record_id,
        subject_id,
        overdue_record_no,
        institution,
        action,
        status,
        reason
    from decisions

)

select * from final
