-- Every dishonesty record, positive record and register row that is used stands in an
-- archive: none is lost on the way to it.
with

archive as (

    select * from {{ ref('credit_archive') }}

),

dishonesty as (

    select * from {{ ref('dishonesty_records') }}

),

positive_records as (

    select * from {{ ref('positive_records') }}

),

register as (

    select * from {{ ref('int_enterprise_register') }}

),

expected as (

    select 'negative' as part, record_id from dishonesty

    union all

    select 'positive' as part, record_id from positive_records

    union all

    select 'basic' as part, record_id from register
    where disposition = 'used'

),

missing as (

    select expected.part, expected.record_id
    from expected
    left join archive
        on
            expected.part = archive.part
            and expected.record_id = archive.record_id
    where archive.record_id is null

)

select * from missing
