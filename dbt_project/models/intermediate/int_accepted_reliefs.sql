with

decisions as (

    select * from {{ ref('int_overdue_relief_decisions') }}

),

-- several units may recognise the same overdue record; the indicator that it is of is a
-- column, so that joins are of equal columns alone and no engine compares every pair
final as (

    select distinct
        subject_id,
        'bank_overdue' as indicator,
        overdue_record_no
    from decisions
    where status = 'accepted'

)

select * from final
