with

penalties as (

    select * from {{ ref('int_administrative_penalty_versions') }}

),

social_order_cases as (

    select * from {{ ref('int_social_order_case_versions') }}

),

working_days as (

    select * from {{ ref('int_working_days') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

decided_rows as (

    select
        item_code,
        unit_code,
        record_id,
        delivery_date,
        file_name,
        source_row,
        decision_date as decided_on
    from penalties

    union all

    select
        item_code,
        unit_code,
        record_id,
        delivery_date,
        file_name,
        source_row,
        determined_on as decided_on
    from social_order_cases

),

ranked as (

    select
        decided_rows.*,
        row_number() over (
            partition by record_id
            order by
                delivery_date asc nulls last,
                file_name asc nulls last,
                source_row asc nulls last
        ) as row_rank
    from decided_rows

),

numbered as (

    select
        ranked.*,
        working_days.working_day_number
        + parameters.report_working_days as due_working_day_number
    from ranked
    cross join parameters
    left join working_days
        on ranked.decided_on = working_days.calendar_date
    where ranked.row_rank = 1

),

final as (

    select
        numbered.item_code,
        numbered.unit_code,
        numbered.record_id,
        numbered.delivery_date,
        working_days.calendar_date as due_on,
        numbered.delivery_date > working_days.calendar_date as is_late
    from numbered
    left join working_days
        on
            numbered.due_working_day_number = working_days.working_day_number
            and working_days.is_working_day

)

select * from final
