with

source as (

    select * from {{ source('raw', 'administrative_penalty') }}

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
        party_name,
        party_kind,
        uscc,
        registration_no,
        org_code,
        document_no,
        violation_type,
        facts,
        legal_basis,
        penalty_categories,
        penalty_content,
        fine_yuan,
        confiscated_yuan,
        suspended_licence,
        decision_date,
        valid_until,
        publish_until,
        authority_name,
        authority_uscc,
        source_name,
        remarks,
        procedure,
        finality,
        conduct_code,
        is_public,
        not_public_ground,

        ---------- derived at ingest
        party_key

    from source

)

select * from final
