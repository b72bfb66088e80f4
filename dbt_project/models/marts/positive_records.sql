with

charity_donations as (

    select * from {{ ref('int_charity_donation') }}

),

direct_donations as (

    select * from {{ ref('int_direct_donation') }}

),

volunteer_services as (

    select * from {{ ref('int_volunteer_service') }}

),

commendations as (

    select * from {{ ref('int_commendation') }}

),

awards as (

    select * from {{ ref('int_administrative_award') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

records as (

    select
        record_id,
        subject_id,
        item_code as kind,
        amount_yuan,
        cast(null as decimal(9, 1)) as hours,
        cast(null as string) as level,
        cast(null as string) as document_no,
        donated_on as recognised_on,
        unit_code
    from charity_donations
    where disposition = 'used'
    union all
    select
        record_id,
        subject_id,
        item_code as kind,
        amount_yuan,
        cast(null as decimal(9, 1)) as hours,
        cast(null as string) as level,
        certificate_no as document_no,
        certified_on as recognised_on,
        unit_code
    from direct_donations
    where disposition = 'used'
    union all
    select
        record_id,
        subject_id,
        item_code as kind,
        cast(null as decimal(18, 2)) as amount_yuan,
        hours,
        cast(null as string) as level,
        service_no as document_no,
        certified_on as recognised_on,
        unit_code
    from volunteer_services
    where disposition = 'used'
    union all
    select
        record_id,
        subject_id,
        item_code as kind,
        cast(null as decimal(18, 2)) as amount_yuan,
        cast(null as decimal(9, 1)) as hours,
        case issuer_level
            when '国家级' then 'national'
            when '省级' then 'provincial'
            when '设区市级' then 'city'
        end as level,
        document_no,
        commended_on as recognised_on,
        unit_code
    from commendations
    where disposition = 'used'
    union all
    select
        record_id,
        subject_id,
        item_code as kind,
        cast(null as decimal(18, 2)) as amount_yuan,
        cast(null as decimal(9, 1)) as hours,
        cast(null as string) as level,
        document_no,
        awarded_on as recognised_on,
        unit_code
    from awards
    where disposition = 'used'

),

final as (

    select
        records.record_id,
        records.subject_id,
        subjects.subject_name,
        subjects.subject_type,
        records.kind,
        records.amount_yuan,
        records.hours,
        records.level,
        records.document_no,
        records.recognised_on,
        records.unit_code
    from records
    inner join subjects
        on records.subject_id = subjects.subject_id

)

select * from final
