with

determinations as (

    select * from {{ ref('int_severe_dishonesty_determination') }}

),

objections as (

    select * from {{ ref('int_objections') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

dated as (

    select
        record_id,
        subject_id,
        ground_code,
        determination_no,
        decision_date,
        coalesce(listed_on, decision_date) as listed_on,
        {{ add_months('coalesce(listed_on, decision_date)', 'months') }} as expires_on,
        delisted_on,
        delivery_date
    from determinations
    where disposition = 'used'

),

bounded as (

    select
        dated.*,
        least(expires_on, coalesce(delisted_on, expires_on)) as exits_on
    from dated

),

final as (

    select
        bounded.record_id,
        bounded.subject_id,
        bounded.ground_code,
        bounded.determination_no,
        bounded.decision_date,
        bounded.listed_on,
        bounded.exits_on,
        bounded.listed_on <= parameters.as_of_date
        and parameters.as_of_date < bounded.exits_on as is_active,
        {{ has_open_objection('objections', 'bounded.delivery_date') }}
            as has_open_objection,
        bounded.delivery_date
    from bounded
    cross join parameters
    left join objections
        on
            bounded.subject_id = objections.subject_id
            and bounded.determination_no = objections.document_no

)

select * from final
