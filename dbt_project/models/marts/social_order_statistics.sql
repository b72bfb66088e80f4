with

social_order_cases as (

    select * from {{ ref('int_social_order_case') }}

),

dated as (

    select
        city_code,
        conduct_code,
        {{ month_start('determined_on') }} as determined_month
    from social_order_cases
    where disposition = 'used'

),

final as (

    select
        city_code,
        conduct_code,
        determined_month as month,
        count(*) as cases
    from dated
    group by city_code, conduct_code, determined_month

)

select * from final
