with

source as (

    select * from {{ source('raw', 'key_enterprise') }}

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
        enterprise_name,
        uscc,
        list_kind,
        listed_on,
        delisted_on,
        is_authorised

    from source

)

select * from final
