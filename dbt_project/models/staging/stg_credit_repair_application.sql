with

source as (

    select * from {{ source('raw', 'credit_repair_application') }}

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
        application_no,
        enterprise_name,
        uscc,
        document_no,
        site,
        accepted_at,
        completed_at,
        result,
        has_commitment,
        has_performed,
        has_training,
        has_report

    from source

)

select * from final
