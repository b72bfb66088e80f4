-- The scorecard neither loses nor doubles a row: over all units it has as many loaded
-- rows as the files that were taken, and as record_disposition holds.
with

scorecard as (

    select * from {{ ref('unit_scorecard') }}

),

files as (

    select * from {{ ref('ingested_files') }}

),

dispositions as (

    select * from {{ ref('record_disposition') }}

),

counted as (

    select
        (select coalesce(sum(rows_loaded), 0) from scorecard) as in_the_scorecard,
        (select coalesce(sum(rows_loaded), 0) from files) as in_the_files,
        (select count(*) from dispositions) as in_the_dispositions

),

final as (

    select * from counted
    where
        in_the_scorecard <> in_the_files
        or in_the_scorecard <> in_the_dispositions

)

select * from final
