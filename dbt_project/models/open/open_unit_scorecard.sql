with

unit_scorecard as (

    select * from {{ ref('unit_scorecard') }}

),

-- the counts of social order cases are small enough to point at persons
final as (

    select * from unit_scorecard
    where item_code <> 'social_order_case'

)

select * from final
