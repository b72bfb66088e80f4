with

contributions as (

    select * from {{ ref('int_evaluation_contributions') }}

),

final as (

    select
        subject_id,
        indicator_code,
        record_id,
        {{ points('hundredths') }} as points
    from contributions

)

select * from final
