with

indicator_contributions as (

    select * from {{ ref('int_indicator_contributions') }}

),

dishonesty_contributions as (

    select * from {{ ref('int_dishonesty_contributions') }}

),

positive_contributions as (

    select * from {{ ref('int_positive_contributions') }}

),

final as (

    select
        subject_id,
        indicator_code,
        record_id,
        cast(hundredths as bigint) as hundredths
    from indicator_contributions
    union all
    select
        subject_id,
        indicator_code,
        record_id,
        cast(hundredths as bigint) as hundredths
    from dishonesty_contributions
    union all
    select
        subject_id,
        indicator_code,
        record_id,
        cast(hundredths as bigint) as hundredths
    from positive_contributions

)

select * from final
