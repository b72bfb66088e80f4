with

materials as (

    select * from {{ ref('int_publicity_material') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

-- a natural person has no subject_id here and only the masked name
final as (

    select
        materials.record_id,
        materials.material_no,
        materials.kind,
        materials.subject_id,
        case
            when materials.subject_kind = '自然人' then materials.subject_name
            else subjects.subject_name
        end as subject_name,
        materials.document_no,
        materials.title,
        materials.summary,
        materials.released_on
    from materials
    cross join parameters
    left join subjects
        on materials.subject_id = subjects.subject_id
    where
        materials.disposition = 'used'
        and materials.kind <> '失信典型案例'
        and materials.released_on <= parameters.as_of_date

)

select * from final
