with

release_info as (

    select * from {{ ref('release_info') }}

),

final as (

    select * from release_info

)

select * from final
