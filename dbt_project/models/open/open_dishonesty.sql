with

dishonesty_records as (

    select * from {{ ref('dishonesty_records') }}

),

units as (

    select * from {{ ref('units') }}

),

final as (

    select
        dishonesty_records.record_id,
        dishonesty_records.subject_id,
        dishonesty_records.subject_name,
        dishonesty_records.conduct_name,
        dishonesty_records.document_no,
        dishonesty_records.penalty_categories,
        dishonesty_records.fine_yuan,
        dishonesty_records.decision_date,
        units.unit_name as authority_unit_name,
        dishonesty_records.disclosure_until
    from dishonesty_records
    left join units
        on dishonesty_records.unit_code = units.unit_code
    where dishonesty_records.is_disclosable

)

select * from final
