with

source as (

    select * from {{ source('raw', 'enterprise_register') }}

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
        established_on,
        enterprise_type,
        registered_capital,
        business_scope,
        province,
        city_name,
        address,
        register_status,

        ---------- derived at ingest
        enterprise_name_cleaned

    from source

)

select * from final
