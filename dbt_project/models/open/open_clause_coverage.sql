with

clause_coverage as (

    select * from {{ ref('clause_coverage') }}

),

final as (

    select * from clause_coverage

)

select * from final
