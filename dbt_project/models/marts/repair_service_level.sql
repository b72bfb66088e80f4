with

cases as (

    select * from {{ ref('credit_repair_cases') }}

),

working_days as (

    select * from {{ ref('int_working_days') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

timed as (

    select
        cases.site,
        cases.channel,
        {{ month_start('cases.accepted_at') }} as month,
        cases.sla_status,
        case
            when completion_days.calendar_date <= parameters.as_of_date
                then
                    completion_days.working_day_number
                    - acceptance_days.working_day_number
        end as working_days_taken
    from cases
    cross join parameters
    left join working_days as acceptance_days
        on cast(cases.accepted_at as date) = acceptance_days.calendar_date
    left join working_days as completion_days
        on cast(cases.completed_at as date) = completion_days.calendar_date

),

-- a median of whole days ends in .0 or .5, which a double holds exactly
final as (

    select
        site,
        channel,
        month,
        count(*) as applications,
        count(*) filter (where sla_status = 'on_time') as on_time,
        count(*) filter (where sla_status = 'late') as late,
        count(*) filter (where sla_status = 'pending') as pending,
        count(*) filter (where sla_status = 'overdue') as overdue,
        cast(median(working_days_taken) as decimal(6, 1)) as median_working_days
    from timed
    group by site, channel, month

)

select * from final
