with

measures as (

    select * from {{ ref('int_joint_measure') }}

),

measure_codes as (

    select * from {{ ref('measures') }}

),

violations as (

    select * from {{ ref('joint_measure_violations') }}

),

violating as (

    select distinct record_id from violations

),

final as (

    select
        measures.record_id,
        measures.measure_no,
        measures.measure_code,
        measure_codes.measure_name,
        measure_codes.measure_kind,
        measures.subject_id,
        measures.executing_unit,
        measures.started_on,
        measures.ended_on,
        violating.record_id is null as is_valid
    from measures
    left join measure_codes
        on measures.measure_code = measure_codes.measure_code
    left join violating
        on measures.record_id = violating.record_id
    where measures.disposition = 'used'

)

select * from final
