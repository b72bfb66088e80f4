with

social_order_statistics as (

    select * from {{ ref('social_order_statistics') }}

),

-- Fewer than five could be known by name (Reg. Art. 15).
final as (

    select
        city_code,
        conduct_code,
        month,
        case when cases >= 5 then cases end as cases
    from social_order_statistics

)

select * from final
