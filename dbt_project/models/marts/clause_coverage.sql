with

clauses as (

    select * from {{ ref('clauses') }}

),

responsibilities as (

    select * from {{ ref('responsibilities') }}

),

files as (

    select * from {{ ref('stg_ingested_files') }}

),

dispositions as (

    select * from {{ ref('record_disposition') }}

),

taken_by_pair as (

    select
        unit_code,
        item_code,
        max(delivery_date) as last_delivery_date
    from files
    where fault is null
    group by unit_code, item_code

),

records_by_pair as (

    select
        unit_code,
        item_code,
        count(*) as records_loaded,
        count(*) filter (where disposition = 'used') as records_used
    from dispositions
    group by unit_code, item_code

),

-- one unit may answer for several items under a clause
summed as (

    select
        responsibilities.clause,
        count(distinct responsibilities.unit_code) as responsible_units,
        count(distinct taken_by_pair.unit_code) as reporting_units,
        cast(coalesce(sum(records_by_pair.records_loaded), 0) as bigint)
            as records_loaded,
        cast(coalesce(sum(records_by_pair.records_used), 0) as bigint)
            as records_used,
        max(taken_by_pair.last_delivery_date) as last_delivery_date
    from responsibilities
    left join taken_by_pair
        on
            responsibilities.unit_code = taken_by_pair.unit_code
            and responsibilities.item_code = taken_by_pair.item_code
    left join records_by_pair
        on
            responsibilities.unit_code = records_by_pair.unit_code
            and responsibilities.item_code = records_by_pair.item_code
    group by responsibilities.clause

),

-- clause 0 of the responsibilities is base data and no clause of the notice
final as (

    select
        clauses.clause,
        clauses.title,
        coalesce(summed.responsible_units, 0) as responsible_units,
        coalesce(summed.reporting_units, 0) as reporting_units,
        {{ exact_share(
            'coalesce(summed.reporting_units, 0)',
            'coalesce(summed.responsible_units, 0)',
        ) }} as coverage_rate,
        coalesce(summed.records_loaded, 0) as records_loaded,
        coalesce(summed.records_used, 0) as records_used,
        summed.last_delivery_date
    from clauses
    left join summed
        on clauses.clause = summed.clause
    where clauses.clause between 1 and 10

)

select * from final
