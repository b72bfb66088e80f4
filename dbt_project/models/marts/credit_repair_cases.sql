with

decisions as (

    select * from {{ ref('int_repair_decisions') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        decisions.record_id,
        decisions.application_no,
        decisions.subject_id,
        decisions.document_no,
        decisions.target_record_id,
        decisions.site,
        decisions.channel,
        decisions.reason,
        decisions.accepted_at,
        decisions.due_on,
        decisions.completed_at,
        decisions.result,
        case
            when decisions.channel = 'ineligible' then 'not_applicable'
            when decisions.completed_on <= parameters.as_of_date
                then case
                    when decisions.completed_on <= decisions.due_on then 'on_time'
                    else 'late'
                end
            when parameters.as_of_date <= decisions.due_on then 'pending'
            else 'overdue'
        end as sla_status,
        decisions.is_against_rules
    from decisions
    cross join parameters

)

select * from final
