with

evaluations as (

    select * from {{ ref('enterprise_evaluation') }}

),

final as (

    select
        city_code,
        grade,
        count(*) as enterprises
    from evaluations
    group by city_code, grade

)

select * from final
