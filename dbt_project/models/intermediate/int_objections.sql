with

objections as (

    select * from {{ ref('int_objection') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

-- What is resolved after the as-of date is still open on it.
known as (

    select
        objections.subject_id,
        objections.document_no,
        case
            when objections.resolved_on <= parameters.as_of_date
                then objections.resolved_on
        end as resolved_on,
        objections.outcome
    from objections
    cross join parameters
    where
        objections.disposition = 'used'
        and objections.accepted_on <= parameters.as_of_date

),

final as (

    select
        subject_id,
        document_no,
        bool_or(resolved_on is null) as has_unresolved,
        bool_or(resolved_on is not null and outcome = '删除') as is_deleted,
        max(case when outcome = '更正' then resolved_on end) as last_corrected_on
    from known
    group by subject_id, document_no

)

select * from final
