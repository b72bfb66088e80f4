with

source as (

    select * from {{ source('raw', 'severe_dishonesty_determination') }}

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
        determination_no,
        enterprise_name,
        uscc,
        ground_code,
        decision_date,
        signed_by_head,
        notified_on,
        defence_handled,
        listed_on,
        months,
        delisted_on

    from source

)

select * from final
