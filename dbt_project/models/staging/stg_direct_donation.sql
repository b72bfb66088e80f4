with

source as (

    select * from {{ source('raw', 'direct_donation') }}

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
        certificate_no,
        enterprise_name,
        uscc,
        donated_on,
        recipient,
        kind,
        amount_yuan,
        certified_by,
        certified_on

    from source

)

select * from final
