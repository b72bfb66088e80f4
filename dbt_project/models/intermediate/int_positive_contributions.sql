{{ config(materialized='view') }}

with

positive_records as (

    select * from {{ ref('positive_records') }}

),

population as (

    select * from {{ ref('int_evaluated_enterprises') }}

),

records as (

    select
        positive_records.record_id,
        positive_records.subject_id,
        case positive_records.kind
            when 'charity_donation' then 'E01'
            when 'direct_donation' then 'E01'
            when 'volunteer_service' then 'E02'
            when 'commendation' then 'E03'
            when 'administrative_award' then 'E04'
        end as indicator_code,
        positive_records.amount_yuan,
        positive_records.hours,
        positive_records.level
    from positive_records
    inner join population
        on positive_records.subject_id = population.subject_id

),

-- Donations, services and commendations weigh together, an award by itself.
shares as (

    select
        subject_id,
        indicator_code,
        record_id,
        case when indicator_code = 'E04' then 1500 end as hundredths
    from records

),

sums as (

    select
        subject_id,
        indicator_code,
        sum(amount_yuan) as amount_yuan,
        sum(hours) as hours,
        max(
            case level when 'national' then 3 when 'provincial' then 2 else 1 end
        ) as highest_rank
    from records
    where indicator_code in ('E01', 'E02', 'E03')
    group by subject_id, indicator_code

),

totals as (

    select
        subject_id,
        indicator_code,
        cast(null as string) as record_id,
        case indicator_code
            when 'E01'
                then case
                    when amount_yuan >= 1000000 then 3000
                    when amount_yuan >= 100000 then 2000
                    when amount_yuan >= 10000 then 1000
                    when amount_yuan > 0 then 500
                    else 0
                end
            when 'E02'
                then case
                    when hours >= 1000 then 1500
                    when hours >= 100 then 1000
                    when hours > 0 then 500
                    else 0
                end
            else
                case highest_rank
                    when 3 then 4000
                    when 2 then 3000
                    else 2000
                end
        end as hundredths
    from sums

),

final as (

    select * from shares
    union all
    select * from totals

)

select * from final
