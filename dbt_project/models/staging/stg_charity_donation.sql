with

source as (

    select * from {{ source('raw', 'charity_donation') }}

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
        serial_no,
        donated_on,
        donor_name,
        amount_yuan,
        remarks,

        ---------- derived at ingest
        donor_name_cleaned,
        donor_key,
        occurrence

    from source

)

select * from final
