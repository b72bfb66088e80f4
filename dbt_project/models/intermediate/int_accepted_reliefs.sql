with

decisions as (

    select * from {{ ref('int_overdue_relief_decisions') }}

),

-- several units may recognise the same overdue record
final as (

    select distinct
        subject_id,
        overdue_record_no
    from decisions
    where status = 'accepted'

)

select * from final
