with

exceptions as (

    select * from {{ ref('working_days') }}

),

digits as (

    select digit_values.digit from (
        values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
    ) as digit_values (digit)

),

day_numbers as (

    select
        cast(
            ones.digit
            + 10 * tens.digit
            + 100 * hundreds.digit
            + 1000 * thousands.digit
            + 10000 * ten_thousands.digit
            as integer
        ) as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

calendar_days as (

    select
        day_number,
        cast('{{ working_calendar_first_day() }}' as date) + day_number as calendar_date
    from day_numbers
    where day_number < {{ working_calendar_day_count() }}

),

-- day 0 is a Monday, so the remainders 5 and 6 are the weekend
judged as (

    select
        calendar_days.calendar_date,
        coalesce(
            exceptions.is_working_day,
            calendar_days.day_number % 7 < 5
        ) as is_working_day
    from calendar_days
    left join exceptions
        on calendar_days.calendar_date = exceptions.calendar_date

),

final as (

    select
        calendar_date,
        is_working_day,
        cast(
            sum(case when is_working_day then 1 else 0 end) over (
                order by calendar_date asc nulls last
                rows between unbounded preceding and current row
            ) as bigint
        ) as working_day_number
    from judged

)

select * from final
