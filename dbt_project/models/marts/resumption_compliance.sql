with

inspections as (

    select * from {{ ref('int_resumption_inspection') }}

),

dishonesty_records as (

    select * from {{ ref('dishonesty_records') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

penalised_documents as (

    select distinct
        subject_id,
        document_no
    from dishonesty_records

),

judged as (

    select
        subjects.city_code,
        inspections.duty_code,
        inspections.finding = '不合格' as is_failed,
        coalesce(
            inspections.rectified_on <= parameters.as_of_date, false
        ) as is_rectified,
        penalised_documents.document_no is not null as is_penalised
    from inspections
    cross join parameters
    inner join subjects
        on inspections.subject_id = subjects.subject_id
    left join penalised_documents
        on
            inspections.subject_id = penalised_documents.subject_id
            and inspections.penalty_document_no = penalised_documents.document_no
    where inspections.disposition = 'used'

),

final as (

    select
        city_code,
        duty_code,
        count(*) as inspected,
        count(*) filter (where is_failed) as failed,
        count(*) filter (where is_failed and is_rectified) as rectified,
        count(*) filter (where is_failed and is_penalised) as penalised
    from judged
    group by city_code, duty_code

)

select * from final
