with

reliefs as (

    select * from {{ ref('int_overdue_relief') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

judged as (

    select
        reliefs.record_id,
        reliefs.subject_id,
        reliefs.overdue_record_no,
        reliefs.institution,
        reliefs.action,
        case
            when
                reliefs.recognised_on is null
                or reliefs.recognised_on > parameters.as_of_date
                then 'not_recognised'
            when {{ outside_epidemic_period('reliefs.overdue_on') }}
                then 'outside_epidemic_period'
            when
                subjects.scale is null
                or subjects.scale not in ('小型', '微型')
                then 'not_small_or_micro'
            when reliefs.match_method = 'uscc_unregistered' then 'not_registered'
        end as reason
    from reliefs
    cross join parameters
    left join subjects
        on reliefs.subject_id = subjects.subject_id
    where reliefs.disposition = 'used'

),

final as (

    select
        record_id,
        subject_id,
        overdue_record_no,
        institution,
        action,
        case when reason is null then 'accepted' else 'refused' end as status,
        reason
    from judged

)

select * from final
