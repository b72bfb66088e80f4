with

listings as (

    select * from {{ ref('int_severe_listings') }}

),

active as (

    select
        subject_id,
        determination_no,
        max(exits_on) over (partition by subject_id) as latest_exits_on,
        row_number() over (
            partition by subject_id
            order by record_id asc nulls last
        ) as listing_rank
    from listings
    where is_active

),

final as (

    select
        subject_id,
        determination_no,
        latest_exits_on
    from active
    where listing_rank = 1

)

select * from final
