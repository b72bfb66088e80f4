with

source as (

    select * from {{ source('raw', 'credit_loan') }}

),

final as (

    select
        ---------- provenance
        item_code,
        unit_code,
        record_id,
        version,
        operation,
        delivery_date,
        source_file,
        file_name,
        source_row,
        is_code_repaired,
        content_digest,

        ---------- fields as delivered
        loan_no,
        uscc,
        bank_name,
        city_code,
        granted_on,
        amount_yuan,
        is_credit_loan,
        annual_rate_pct,
        is_risk_compensated

    from source

)

select * from final
