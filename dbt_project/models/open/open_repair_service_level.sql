with

repair_service_level as (

    select * from {{ ref('repair_service_level') }}

),

final as (

    select * from repair_service_level

)

select * from final
