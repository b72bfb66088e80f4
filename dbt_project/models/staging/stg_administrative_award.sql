with

source as (

    select * from {{ source('raw', 'administrative_award') }}

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
        document_no,
        awarded_on,
        authority_name,
        authority_level,
        is_epidemic,
        enterprise_name,
        uscc,
        award

    from source

)

select * from final
