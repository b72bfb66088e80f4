with

source as (

    select * from {{ source('raw', 'joint_measure') }}

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
        measure_no,
        measure_code,
        uscc,
        list_determination_no,
        legal_basis,
        legal_basis_level,
        notified_on,
        started_on,
        ended_on,
        executing_unit

    from source

)

select * from final
