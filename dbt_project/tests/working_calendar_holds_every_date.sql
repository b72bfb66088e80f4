-- Every date of a delivery lies between 1900-01-02 and 2100-12-31 (catalogue section
-- 2), and working days are counted from it: the calendar reaches from the Monday before
-- to the end of 2101, without a gap.
with

working_days as (

    select * from {{ ref('int_working_days') }}

),

bounds as (

    select
        min(calendar_date) as first_day,
        max(calendar_date) as last_day,
        count(*) as days
    from working_days

),

final as (

    select * from bounds
    where
        first_day <> cast('1900-01-01' as date)
        or last_day <> cast('2101-12-31' as date)
        or days <> 73779

)

select * from final
