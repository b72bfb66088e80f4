with

penalties as (

    select * from {{ ref('int_administrative_penalty') }}

),

conducts as (

    select * from {{ ref('conduct_codes') }}

),

category_lists as (

    select * from {{ ref('int_penalty_category_lists') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        ---------- ids
        penalties.record_id,
        penalties.subject_id,
        penalties.document_no,

        ---------- the decision
        penalties.unit_code,
        penalties.decision_date,
        conducts.clause,
        penalties.conduct_code,
        conducts.conduct_name,
        conducts.evaluation_points,
        category_lists.penalty_categories,
        penalties.fine_yuan,
        penalties.confiscated_yuan,
        case
            when
                conducts.conduct_group = 'quality'
                and category_lists.has_suspension_category
                then 'specially_serious'
            when
                category_lists.has_serious_category
                or penalties.fine_yuan >= parameters.serious_fine_yuan
                then 'serious'
            else 'general'
        end as severity,

        ---------- its publication
        penalties.is_public,
        penalties.publish_until,
        penalties.delivery_date,
        penalties.disposition
    from penalties
    cross join parameters
    inner join conducts
        on penalties.conduct_code = conducts.conduct_code
    left join category_lists
        on penalties.penalty_categories = category_lists.delivered_list
    where penalties.disposition_but_for_objection in ('used', 'retention_expired')

)

select * from final
