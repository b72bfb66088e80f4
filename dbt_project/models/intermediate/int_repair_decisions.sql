with

applications as (

    select * from {{ ref('int_credit_repair_application') }}

),

penalties as (

    select * from {{ ref('int_penalty_facts') }}

),

severe_listings as (

    select * from {{ ref('int_severe_listings') }}

),

key_enterprises as (

    select * from {{ ref('int_key_enterprise') }}

),

working_days as (

    select * from {{ ref('int_working_days') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

used_applications as (

    select
        record_id,
        application_no,
        subject_id,
        document_no,
        site,
        accepted_at,
        cast(accepted_at as date) as accepted_on,
        completed_at,
        cast(completed_at as date) as completed_on,
        result,
        has_commitment and has_performed as has_basic_papers,
        has_training and has_report as has_further_papers
    from applications
    where disposition = 'used'

),

candidate_targets as (

    select
        used_applications.record_id,
        penalties.record_id as target_record_id,
        penalties.severity,
        penalties.decision_date,
        row_number() over (
            partition by used_applications.record_id
            order by
                case penalties.severity
                    when 'specially_serious' then 3
                    when 'serious' then 2
                    else 1
                end desc nulls last,
                penalties.decision_date desc nulls last,
                penalties.record_id asc nulls last
        ) as target_rank
    from used_applications
    inner join penalties
        on
            used_applications.subject_id = penalties.subject_id
            and used_applications.document_no = penalties.document_no

),

targets as (

    select
        record_id,
        target_record_id,
        severity,
        case
            when severity = 'general' then {{ add_months('decision_date', 3) }}
            else {{ add_months('decision_date', 6) }}
        end as repairable_from
    from candidate_targets
    where target_rank = 1

),

on_severe_list as (

    select distinct used_applications.record_id
    from used_applications
    inner join severe_listings
        on
            used_applications.subject_id = severe_listings.subject_id
            and used_applications.accepted_on >= severe_listings.listed_on
            and used_applications.accepted_on < severe_listings.exits_on

),

in_green_channel as (

    select distinct used_applications.record_id
    from used_applications
    inner join key_enterprises
        on
            used_applications.subject_id = key_enterprises.subject_id
            and used_applications.accepted_on >= key_enterprises.listed_on
            and (
                key_enterprises.delisted_on is null
                or used_applications.accepted_on < key_enterprises.delisted_on
            )
    where key_enterprises.disposition = 'used'

),

reasoned as (

    select
        used_applications.*,
        targets.target_record_id,
        in_green_channel.record_id is not null as is_in_green_channel,
        case
            when targets.target_record_id is null then 'no_target'
            when targets.severity = 'specially_serious' then 'not_repairable'
            when used_applications.accepted_on < targets.repairable_from
                then 'too_early'
            when
                not used_applications.has_basic_papers
                or (
                    targets.severity = 'serious'
                    and not used_applications.has_further_papers
                )
                then 'papers_missing'
            when on_severe_list.record_id is not null then 'on_severe_list'
        end as reason
    from used_applications
    left join targets
        on used_applications.record_id = targets.record_id
    left join on_severe_list
        on used_applications.record_id = on_severe_list.record_id
    left join in_green_channel
        on used_applications.record_id = in_green_channel.record_id

),

channelled as (

    select
        reasoned.*,
        case
            when reason is not null then 'ineligible'
            when is_in_green_channel then 'green'
            else 'ordinary'
        end as channel
    from reasoned

),

-- the n-th working day after a date has the number of that date plus n
numbered as (

    select
        channelled.*,
        working_days.working_day_number
        + case channelled.channel
            when 'green' then parameters.green_channel_working_days
            when 'ordinary' then parameters.ordinary_repair_working_days
        end as due_working_day_number
    from channelled
    cross join parameters
    left join working_days
        on channelled.accepted_on = working_days.calendar_date

),

final as (

    select
        numbered.record_id,
        numbered.application_no,
        numbered.subject_id,
        numbered.document_no,
        numbered.target_record_id,
        numbered.site,
        numbered.channel,
        numbered.reason,
        numbered.accepted_at,
        numbered.accepted_on,
        working_days.calendar_date as due_on,
        numbered.completed_at,
        numbered.completed_on,
        numbered.result,
        coalesce(numbered.result = '同意', false)
        and numbered.channel = 'ineligible' as is_against_rules
    from numbered
    left join working_days
        on
            numbered.due_working_day_number = working_days.working_day_number
            and working_days.is_working_day

)

select * from final
