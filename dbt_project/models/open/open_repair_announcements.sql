with

dishonesty as (

    select * from {{ ref('dishonesty_records') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        dishonesty.record_id,
        dishonesty.subject_id,
        dishonesty.subject_name,
        dishonesty.document_no,
        dishonesty.repaired_on
    from dishonesty
    cross join parameters
    where
        dishonesty.subject_type <> 'person'
        and dishonesty.repaired_on <= parameters.as_of_date
        and dishonesty.repaired_on + 30 >= parameters.as_of_date

)

select * from final
